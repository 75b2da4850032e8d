"""Settings: read once from the environment (prefix MASH_), frozen, unknown ones refused. docs/settings.md lists them."""

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.domain.errors import HubError


class SettingsWrong(HubError):
    """The settings do not make a hub; the text names the setting and what to do."""


class Settings(BaseSettings):
    """What a running hub is made of. The defaults are the embedded hub: one machine, nothing to install."""

    model_config = SettingsConfigDict(env_prefix="MASH_", frozen=True, extra="forbid")

    data: Path = Field(default=Path("data"), description="folder of the hub's files; keys always lie here")
    partnership: str = Field(default="demo", description="which folder of policies/partnerships/ this hub serves")
    partnerships: Path | None = Field(
        default=None,
        description="folder that holds the partnerships' folders, in place of those that come with the hub",
    )
    demo: bool = Field(
        default=False,
        description="demo accounts, unticked policies and a protocol without approved papers are allowed; never with real data",
    )
    plain_bodies: bool = Field(default=False, description="accept avro/binary bodies that are not sealed to the hub")

    sharing_draft: Path | None = Field(
        default=None,
        description="folder with the draft of the sharing policies, in place of the one that comes with the hub",
    )

    log: Literal["embedded", "kafka"] = Field(default="embedded", description="the log's transport")
    kafka_bootstrap: str = Field(default="127.0.0.1:9092", description="host:port of a broker")
    kafka_security: Literal["PLAINTEXT", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="SASL_SSL", description="protocol"
    )
    kafka_user: str = Field(default="", description="SCRAM-SHA-512 user")
    kafka_password: SecretStr = Field(default=SecretStr(""), description="its password")
    kafka_ca: Path | None = Field(default=None, description="certificate authority of the broker (SASL_SSL)")

    store: Literal["sqlite", "postgres"] = Field(default="sqlite", description="where facts lie")
    postgres_dsn: SecretStr = Field(default=SecretStr(""), description="postgresql://… of the store")

    host: str = Field(default="127.0.0.1", description="address that the pages listen on")
    port: int = Field(default=8321, description="port that the pages listen on; 0 takes a free one")
    public_url: str = Field(default="", description="where browsers reach the pages (https://… behind a proxy)")
    batch: int = Field(default=200, ge=1, le=500, description="messages in one transaction of the intake")

    @model_validator(mode="after")
    def whole(self) -> Self:
        """A setting that needs another is refused without it."""
        if self.store == "postgres" and not self.postgres_dsn.get_secret_value():
            raise ValueError("MASH_STORE=postgres needs MASH_POSTGRES_DSN (postgresql://user@host/database)")
        if self.log == "kafka" and self.kafka_security != "PLAINTEXT" and not self.kafka_user:
            raise ValueError(
                "MASH_LOG=kafka needs MASH_KAFKA_USER and MASH_KAFKA_PASSWORD (or MASH_KAFKA_SECURITY=PLAINTEXT)"
            )
        return self


def read_settings(**given: object) -> Settings:
    """Settings from the environment, with `given` on top; a misspelt MASH_ setting is refused by name."""
    known = {f"MASH_{name.upper()}" for name in Settings.model_fields}
    # MASH_TEST_ belongs to the test run, not to the hub
    strange = sorted(
        n for n in os.environ if n.startswith("MASH_") and not n.startswith("MASH_TEST_") and n not in known
    )
    if strange:
        raise SettingsWrong(f"unknown setting {', '.join(strange)}: docs/settings.md lists the known ones")
    try:
        on_top: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        return Settings(**on_top)
    except ValueError as wrong:
        reasons = [str(e["msg"]) for e in getattr(wrong, "errors", list)()] or [type(wrong).__name__]
        raise SettingsWrong("; ".join(reasons)) from None

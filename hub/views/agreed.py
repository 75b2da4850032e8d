"""The protocol in force, for who reads it: clauses with their basis, parties with their power, papers and what they lack."""

from datetime import datetime

from hub.domain.agency import Register
from hub.domain.edition import Edition
from hub.domain.errors import NotFound
from hub.domain.moments import london_day
from hub.domain.protocol import EVERYBODY, HUB, PAPERS, Within, missing_papers, permits
from hub.domain.sharing import Organisation
from hub.views.models.protocol import ClauseRow, PaperRow, PartyRow, ProtocolView

HUB_ITSELF = Organisation("hub", "council", party=True)


def protocol(edition: Edition, register: Register, now: datetime) -> ProtocolView:
    """The protocol of an edition, with who of the register is party to it. Raises NotFound for one without."""
    agreed = edition.agreed
    if agreed is None:
        raise NotFound("this edition holds no protocol: publish one that does (mash policy publish)")
    organisations = sorted(register.organisations.values(), key=lambda one: one.name)
    sectors = {party.sector for party in agreed.party}
    held = {paper.kind: paper for paper in agreed.paper}
    return ProtocolView(
        title=agreed.title, version=agreed.version, edition=edition.id, valid_from=agreed.valid_from,
        valid_until=agreed.valid_until, source=_sourced(agreed.source, agreed.chosen),
        parties=tuple(
            PartyRow(
                sector=party.sector.replace("_", " "), power=party.power, signatory=party.signatory,
                organisations=tuple(one.name for one in organisations if one.party and one.sector == party.sector),
            )
            for party in agreed.party
        ),
        not_party=tuple(one.name for one in organisations if not (one.party and one.sector in sectors)),
        clauses=tuple(
            ClauseRow(
                id=one.id, words=one.words, purposes=_words(one.purposes), categories=_words(one.categories),
                owners=_words(one.owners), receivers=_words(one.receivers), article_6=one.article_6,
                article_9=one.article_9, limb=one.limb, retention_days=one.retention_days,
                source=_sourced(one.source, one.chosen),
            )
            for one in agreed.clause
        ),
        papers=tuple(
            PaperRow(
                title=title, file=held[kind].file if kind in held else "",
                approved=(
                    f"{held[kind].approved_by}, {held[kind].approved_on:%-d %B %Y}"
                    if kind in held and held[kind].approved_by and held[kind].approved_on
                    else ""
                ),
            )
            for kind, title in PAPERS.items()
        ),
        missing=missing_papers(agreed, london_day(now)), pool=agreed.pool.clause,
        not_pooled=agreed.pool.not_pooled_codes,
    )  # fmt: skip


def asked_of(
    edition: Edition, register: Register, owner: str, receiver: str, purpose: str, category: str, now: datetime
) -> tuple[bool, str, str]:
    """Whether `owner` may share this class with `receiver` for this purpose today: (within, clause, why in words).

    Raises NotFound for an organisation that is not registered, and for an edition without a protocol.
    """
    if edition.agreed is None:
        raise NotFound("this edition holds no protocol: publish one that does (mash policy publish)")
    bodies = [_body(register, one) for one in (owner, receiver)]
    found = permits(edition.agreed, bodies[0], bodies[1], purpose, category, london_day(now))
    if isinstance(found, Within):
        words = next((one.words for one in edition.agreed.clause if one.id == found.clause), "it is its own")
        return True, found.clause, words
    return False, found.clause, found.words


def _body(register: Register, ident: str) -> Organisation:
    known = register.organisations.get(ident)
    if known is None and ident not in HUB:
        raise NotFound(f"no organisation {ident} is registered: mash agency list shows them")
    return Organisation(ident, known.sector, known.party, known.listed_body) if known else HUB_ITSELF


def _words(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("every party" if code == EVERYBODY else code.replace("_", " ").replace(".", ": ") for code in codes)


def _sourced(source: str, chosen: str) -> str:
    return f"{source} ({chosen})" if chosen else source

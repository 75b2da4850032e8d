# The hub's image: one program, `mash`, run as nobody in particular, with its files under /data.
# Written where no container engine runs: not yet built.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE requirements*.lock ./
COPY hub hub
COPY consumers consumers
COPY schemas schemas
COPY policies policies
COPY bench bench
RUN python -m venv /opt/mash \
 && for lock in requirements*.lock; do [ ! -f "$lock" ] || /opt/mash/bin/pip install --no-cache-dir -r "$lock"; done \
 && /opt/mash/bin/pip install --no-cache-dir .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home mash && install -d -o mash -g mash -m 0700 /data
COPY --from=build /opt/mash /opt/mash
ENV PATH=/opt/mash/bin:$PATH PYTHONUNBUFFERED=1 MASH_DATA=/data
USER mash
VOLUME /data
EXPOSE 8321
ENTRYPOINT ["mash"]
CMD ["run", "web"]

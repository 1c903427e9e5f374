# Two images: `service` watches, tells and practises; `browser`, the last and so the default, also buys and rehearses.
# docs/install.md says how they are run, and tests/install runs these steps in a root of its own.

FROM python:3.11-slim-bookworm AS wheel
WORKDIR /build
COPY requirements-build.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY monitor monitor
COPY purchasing purchasing
COPY bot bot
COPY sandbox sandbox
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python:3.11-slim-bookworm AS service
# tini, as process 1, reaps what Chromium leaves behind and hands SIGTERM on.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin stockbell \
    && install --directory --owner=stockbell --group=stockbell --mode=0700 /data
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY --from=wheel /wheel /wheel
RUN pip install --no-cache-dir --no-deps --no-index /wheel/*.whl
# The root may be read-only: what must last is in /data, and /tmp holds what need not.
ENV HOME=/tmp STOCKBELL_DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
USER 10001:10001
EXPOSE 8787
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s --retries=3 CMD ["python", "-m", "bot.web.probe"]
# Only the service hears the stop, and its browser does not: a purchase past its button is followed for up to 20 s.
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "stockbell"]
CMD ["run"]

FROM service AS browser
USER 0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends chromium \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001

FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends chromium tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 stockbell \
    && install --directory --owner=stockbell --mode=0700 /data

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY monitor monitor
COPY purchasing purchasing
COPY bot bot
COPY sandbox sandbox
# The service asks the installed package which version it is.
RUN pip install --no-cache-dir --no-deps .

USER stockbell
ENV STOCKBELL_DATA_DIR=/data PYTHONUNBUFFERED=1
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-m", "bot.web.probe"]
# tini reaps what Chromium leaves behind and hands SIGTERM on.
ENTRYPOINT ["tini", "--", "python", "-m", "bot"]
CMD ["run"]

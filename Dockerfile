# Two stages: the first builds wheels, the second holds only what a call needs.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY app ./app
RUN pip wheel --no-cache-dir --wheel-dir /wheels -c constraints.txt ".[postgres]"

FROM python:3.13-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends espeak-ng-data libespeak-ng1 espeak-ng \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home dialai
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels dialai && rm -rf /wheels
WORKDIR /srv/dialai
COPY call_flows ./call_flows
ENV DIALAI_DATA_DIR=/data DIALAI_LOG_JSON=true PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Run with `docker run --read-only --tmpfs /tmp -v dialai-data:/data -p 8000:8000 ...`: only /data is written.
VOLUME /data
USER dialai
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
# SIGTERM is a planned handover: the server lets calls end before it exits.
STOPSIGNAL SIGTERM
CMD ["dialai", "serve", "--host", "0.0.0.0"]

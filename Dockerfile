# foretaste as a service: `docker build -t foretaste .`, then see docs/guides/serving.md or compose.yaml.
#
# Torch trains and never serves, so it is left out: it would double what is installed. What is left is named here by hand, and a
# test holds it to pyproject.toml. Numba stays, because some models solve a small system for each person with it.

FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/foretaste
ENV PATH=/opt/foretaste/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY constraints.txt ./
RUN pip install -c constraints.txt \
    alembic \
    fastapi \
    httptools \
    numba \
    numpy \
    platformdirs \
    polars \
    prometheus-client \
    "psycopg[binary]" \
    rapidfuzz \
    rich \
    safetensors \
    scipy \
    sqlalchemy \
    threadpoolctl \
    typer \
    uvicorn \
    uvloop
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
COPY recipes/protocols ./recipes/protocols
RUN pip install --no-deps .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin foretaste \
    && install -d -m 1777 /data /cache
COPY --from=build /opt/foretaste /opt/foretaste
# Compiled kernels and taste maps go to /cache: keep it as a volume, and only the first start on a machine makes them.
ENV PATH=/opt/foretaste/bin:$PATH PYTHONDONTWRITEBYTECODE=1 NUMBA_CACHE_DIR=/cache FORETASTE_CACHE=/cache
WORKDIR /data
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["foretaste"]
CMD ["serve", "/models/current", "--host", "0.0.0.0", "--port", "8000", "--api-key-file", "/run/secrets/api_keys"]

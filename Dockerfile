# The command line as an image: docker run --rm --network none -v "$PWD:/repo:ro" aicost-review diff /repo
# Prices and vocabularies are in the package; a run needs no network.

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ONLY_BINARY=:all:
WORKDIR /build
# Two environments: the first has pip and the build backend and stays behind, the second has neither and goes into the image.
COPY requirements-build.lock requirements.lock ./
RUN python -m venv tools \
 && tools/bin/pip install --require-hashes -r requirements-build.lock \
 && python -m venv --without-pip /opt/aicost-review \
 && tools/bin/pip --python /opt/aicost-review/bin/python install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY prompts_scanner prompts_scanner
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
 && tools/bin/pip --python /opt/aicost-review/bin/python install --no-deps wheels/*.whl \
 && /opt/aicost-review/bin/python -m compileall -q /opt/aicost-review/lib

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="aicost-review" \
      org.opencontainers.image.licenses="Apache-2.0"
# git is the only program that is run. Its version follows the base image, whose security fixes are wanted.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin reviewer
COPY --from=build /opt/aicost-review /opt/aicost-review
ENV PATH="/opt/aicost-review/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 PYTHONSAFEPATH=1
USER 10001
WORKDIR /repo
ENTRYPOINT ["aicost-review"]
CMD ["--help"]

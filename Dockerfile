# Builds the server and puts it, alone, on a slim Debian as an unprivileged user.
#
#   docker build -t keyhouse .
#   docker run --read-only --tmpfs /tmp -p 8080:8080 \
#     -v keyhouse-data:/var/lib/keyhouse -v ./keyhouse.toml:/etc/keyhouse/keyhouse.toml:ro \
#     -v ./master.key:/etc/keyhouse/master.key:ro keyhouse
#
# The configuration must let it listen beyond loopback (server.listen = "0.0.0.0:8080") and keep its SQLite file, if it
# uses one, below /var/lib/keyhouse.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc g++ libc6-dev make perl cmake \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked --bin keyhouse

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/keyhouse --create-home --shell /usr/sbin/nologin keyhouse
COPY --from=build /build/target/release/keyhouse /usr/local/bin/keyhouse
USER keyhouse
WORKDIR /var/lib/keyhouse
VOLUME /var/lib/keyhouse
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/keyhouse"]
CMD ["serve", "--config", "/etc/keyhouse/keyhouse.toml"]

# pgwright with PostgreSQL beside it, so that the private cluster works in the container too.
#
#   docker build --tag pgwright .
#   docker run --rm --interactive pgwright                                     # stdio, private cluster
#   docker run --rm --interactive --env DATABASE_URL pgwright                  # stdio, your database

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --profile dist --bin pgwright

FROM debian:bookworm-slim
LABEL io.modelcontextprotocol.server.name="io.github.pgwright/pgwright" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.description="A PostgreSQL engineering server for AI assistants"
# Debian would make a cluster of its own at installation; pgwright makes its own at first use.
RUN mkdir -p /etc/postgresql-common \
 && printf 'create_main_cluster = false\n' > /etc/postgresql-common/createcluster.conf \
 && apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates postgresql-15 \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 pgwright
COPY --from=build /src/target/dist/pgwright /usr/local/bin/pgwright
USER 10001
WORKDIR /home/pgwright
ENTRYPOINT ["pgwright"]
CMD ["serve"]

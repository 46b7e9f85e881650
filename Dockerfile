# One static program in an empty image.
#
#   docker build --tag wplint .
#   docker run --rm --volume "$PWD:/work:ro" wplint
FROM rust:1-alpine AS build
# What the linker needs for a static program; Alpine's Rust links statically without being asked.
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY Cargo.toml Cargo.lock README.md ./
COPY src src
COPY rules rules
RUN cargo build --locked --profile dist --bin wplint

FROM scratch
COPY --from=build /src/target/dist/wplint /wplint
# Nobody in particular: it only reads.
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/wplint"]

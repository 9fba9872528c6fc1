import { publicClients } from "ponder:api"
import { Hono } from "hono"
import { checkStored } from "../chain"
import { app } from "./app"
import { listen } from "./listen"
import { readHead, readNewestEvent } from "./store"

await checkStored(publicClients.wellhead, { event: await readNewestEvent(), head: await readHead() })
listen(app)

/** What Ponder's own server adds to its own paths: nothing. */
export default new Hono()

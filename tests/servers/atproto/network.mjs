// A small Bluesky: directory of DIDs (PLC), a PDS with accounts, and an AppView that indexes it.
// Usage: node --import prepare.mjs network.mjs NODE_MODULES POSTGRES_URL. Says in one line of JSON where it is.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [packages, database] = process.argv.slice(2)
const part = (name) => import(pathToFileURL(join(packages, '@atproto/dev-env/dist', `${name}.js`)).href)
const [{ TestPlc }, { TestPds }, { TestBsky }, { TestBsync }, { mockNetworkUtilities }] = await Promise.all(
  ['plc', 'pds', 'bsky', 'bsync', 'util'].map(part),
)
const { default: getPort } = await part('get-port')

const key = 'bsync-api-key'
const plc = await TestPlc.create({})
const pdsPort = await getPort()
const bsync = await TestBsync.create({ apiKeys: [key], dbUrl: database, dbSchema: 'bsync' })
const bsky = await TestBsky.create({
  plcUrl: plc.url,
  pdsPort,
  repoProvider: `ws://localhost:${pdsPort}`,
  bsyncApiKey: key,
  bsyncUrl: bsync.url,
  dbPostgresUrl: database,
  dbPostgresSchema: 'appview',
  redisHost: 'none.invalid',
})
bsync.ctx.dataplaneClients = [bsky.ctx.dataplane]
const pds = await TestPds.create({
  port: pdsPort,
  didPlcUrl: plc.url,
  bskyAppViewUrl: bsky.url,
  bskyAppViewDid: bsky.ctx.cfg.serverDid,
})
mockNetworkUtilities(pds, bsky)
console.log(JSON.stringify({ plc: plc.url, pds: pds.url, appview: bsky.url }))

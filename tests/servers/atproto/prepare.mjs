// Loaded before anything else: everything listens on the loopback only, and better-sqlite3 is ours.
import { registerHooks } from 'node:module'
import net from 'node:net'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  if (typeof port === 'object' && port?.port !== undefined) return listen.call(this, { ...port, host: '127.0.0.1' }, ...rest)
  if (typeof port !== 'number' && typeof port !== 'string') return listen.call(this, port, ...rest)
  const others = rest.filter((each) => typeof each === 'function')
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, ...others)
}

registerHooks({
  resolve(name, context, next) {
    if (name !== 'better-sqlite3') return next(name, context)
    return { url: new URL('sqlite.mjs', import.meta.url).href, shortCircuit: true }
  },
})

// What the PDS uses of the package better-sqlite3, on the SQLite that is part of Node. The package
// itself would have to be compiled, and a compiler is not on every machine that runs the tests.
import { DatabaseSync } from 'node:sqlite'

const CODES = {
  5: 'SQLITE_BUSY',
  261: 'SQLITE_BUSY_RECOVERY',
  517: 'SQLITE_BUSY_SNAPSHOT',
  773: 'SQLITE_BUSY_TIMEOUT',
  1555: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  2067: 'SQLITE_CONSTRAINT_UNIQUE',
}

function named(act) {
  try {
    return act()
  } catch (problem) {
    if (problem.errcode) problem.code = CODES[problem.errcode] ?? `SQLITE_${problem.errcode}`
    throw problem
  }
}

function row(found) {
  const made = {}
  for (const [key, value] of Object.entries(found)) {
    made[key] = value instanceof Uint8Array ? Buffer.from(value) : value
  }
  return made
}

class Statement {
  constructor(statement) {
    this.statement = statement
    this.reader = statement.columns().length > 0
  }

  all(parameters = []) {
    return named(() => this.statement.all(...parameters).map(row))
  }

  run(parameters = []) {
    return named(() => this.statement.run(...parameters))
  }

  *iterate(parameters = []) {
    for (const found of this.statement.iterate(...parameters)) yield row(found)
  }
}

export default class Database {
  constructor(location, { timeout = 5000 } = {}) {
    this.database = new DatabaseSync(location, { timeout })
  }

  prepare(sql) {
    return named(() => new Statement(this.database.prepare(sql)))
  }

  pragma(text) {
    return named(() => this.database.prepare(`PRAGMA ${text}`).all())
  }

  close() {
    if (this.database.isOpen) this.database.close()
  }
}

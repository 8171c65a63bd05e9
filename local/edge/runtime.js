// What CloudFront Functions gives a function (cloudfront-js-2.0), in a Node context of its own, and nothing more.
//
// One JSON object a line on stdin, one on stdout:
//   {load: name, code, store: arn|null}          -> {id, ok: true} | {id, fault}
//   {store: arn, items: {key: value} | null}     (null: the store does not answer)
//   {run: name, event}                           -> {id, answer} | {id, fault}
// Start with --experimental-vm-modules.

'use strict';

const crypto = require('node:crypto');
const querystring = require('node:querystring');
const readline = require('node:readline');
const vm = require('node:vm');

const functions = new Map();
const stores = new Map();

class KeyValueStore {
  #arn;

  constructor(arn) {
    this.#arn = arn;
  }

  #items() {
    const items = stores.get(this.#arn);
    if (!items) throw new Error('KeyValueStore is not available');
    return items;
  }

  async get(key, options) {
    const items = this.#items();
    if (!items.has(key)) throw new Error('KeyNotFound');
    const value = items.get(key);
    const format = (options && options.format) || 'string';
    if (format === 'json') return JSON.parse(value);
    if (format === 'bytes') return Buffer.from(value);
    if (format === 'string') return value;
    throw new Error(`format ${format} is not string, json or bytes`);
  }

  async exists(key) {
    return this.#items().has(key);
  }

  async count() {
    return this.#items().size;
  }

  async meta() {
    return { keyCount: this.#items().size };
  }
}

function builtins(store) {
  const kvs = (id) => {
    if (!store) throw new Error('no KeyValueStore is associated with this function');
    if (id && !store.endsWith(`/${id}`)) throw new Error(`KeyValueStore ${id} is not associated with this function`);
    return new KeyValueStore(store);
  };
  return {
    cloudfront: { kvs },
    crypto: { createHash: crypto.createHash, createHmac: crypto.createHmac },
    querystring: { parse: querystring.parse, stringify: querystring.stringify, escape: querystring.escape, unescape: querystring.unescape },
  };
}

async function load(name, code, store) {
  const log = (...words) => process.stderr.write(`${name}: ${words.join(' ')}\n`);
  // No timers, no require, no process, no network: a new context has only the language itself.
  const context = vm.createContext(
    { console: { log, error: log }, Buffer, TextEncoder, TextDecoder, atob, btoa },
    { name, codeGeneration: { strings: false, wasm: false } },
  );
  const modules = builtins(store);
  const main = new vm.SourceTextModule(`${code}\nexport { handler as default };`, { context, identifier: name });
  await main.link((specifier) => {
    const exported = modules[specifier];
    if (!exported) throw new Error(`cannot import ${specifier}`);
    return new vm.SyntheticModule(['default'], function fill() { this.setExport('default', exported); }, { context });
  });
  await main.evaluate({ timeout: 1000 });
  if (typeof main.namespace.default !== 'function') throw new Error('no function handler(event)');
  functions.set(name, main.namespace.default);
}

async function answer(message) {
  if (message.load) {
    await load(message.load, message.code, message.store);
    return { ok: true };
  }
  return { answer: (await functions.get(message.run)(message.event)) ?? null };
}

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const message = JSON.parse(line);
  if ('items' in message) {
    stores.set(message.store, message.items && new Map(Object.entries(message.items)));
    return;
  }
  let reply;
  try {
    reply = await answer(message);
  } catch (error) {
    reply = { fault: String(error) };
  }
  process.stdout.write(`${JSON.stringify({ id: message.id, ...reply })}\n`);
}).on('close', () => process.exit(0));

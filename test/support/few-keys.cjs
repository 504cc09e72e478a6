// An RSA key takes a fifth of a second, and a spec's connections need dozens: a worker of jest makes eight, and hands them
// out in turn. Keys that are made one after another differ; certificates always do.
const crypto = require('node:crypto');
const { promisify } = require('node:util');

const MOST = 8;
const isPooled = Symbol.for('tenure.few-keys');

if (!(isPooled in crypto.generateKeyPair)) {
  const generate = promisify(crypto.generateKeyPair);
  const pool = [];
  let next = 0;
  const fromPool = (type, options) => {
    if (type !== 'rsa' || options.modulusLength !== 2048 || Object.keys(options).length > 1)
      return generate(type, options);
    const place = next++ % MOST;
    pool[place] ??= generate(type, options);
    return pool[place];
  };
  const pooled = (type, options, callback) =>
    fromPool(type, options).then(({ publicKey, privateKey }) => callback(null, publicKey, privateKey), callback);
  pooled[promisify.custom] = fromPool;
  pooled[isPooled] = true;
  crypto.generateKeyPair = pooled;
}

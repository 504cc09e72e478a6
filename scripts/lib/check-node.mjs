// Every script imports this first: one clear line instead of a stack trace from something that Node lacks.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Tenure needs Node 20.19 or later; this is ${process.version} (https://nodejs.org).`);
  process.exit(1);
}

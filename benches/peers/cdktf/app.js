// The resources of a document that landfall rendered, made anew through cdktf's typed classes: `node app.js DOCUMENT OUT`.
//
// What a cdktf user would write in TypeScript, compiled: every resource is an object of its class, with its arguments by their names
// there. References stay the texts that they are in Terraform.
const fs = require('fs');
const { App, TerraformStack } = require('cdktf');

const PROVIDERS = { google: '@cdktf/provider-google', random: '@cdktf/provider-random' };
// What is Terraform's own and no argument, and maps whose keys are the user's.
const OWN = new Set(['//', 'count', 'depends_on', 'for_each', 'lifecycle', 'provider']);
const MAPS = new Set(['annotations', 'labels', 'node_selector', 'user_labels']);

const camel = (name) => name.replace(/_([a-z0-9])/g, (_all, letter) => letter.toUpperCase());
const pascal = (name) => camel(`_${name}`);

// Blocks of which there is one at most are objects to a class, and lists of one in a document.
function argument(value, key) {
  if (Array.isArray(value)) {
    return value.map((one) => argument(one));
  }
  if (value === null || typeof value !== 'object' || MAPS.has(key)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camel(name), argument(inner, name)]));
}

function classOf(kind) {
  const [provider, ...rest] = kind.split('_');
  return require(`${PROVIDERS[provider]}/lib/${rest.join('-')}`)[pascal(rest.join('_'))];
}

const [document, outdir] = process.argv.slice(2);
const { resource } = JSON.parse(fs.readFileSync(document, 'utf8'));
const app = new App({ outdir });
const stack = new TerraformStack(app, 'entmoot');
const { GoogleProvider } = require('@cdktf/provider-google/lib/provider');
const { RandomProvider } = require('@cdktf/provider-random/lib/provider');
new GoogleProvider(stack, 'google', { project: 'entmoot-prod', region: 'us-central1' });
new RandomProvider(stack, 'random', {});
for (const [kind, named] of Object.entries(resource)) {
  const Resource = classOf(kind);
  for (const [name, body] of Object.entries(named)) {
    const given = Object.fromEntries(Object.entries(body).filter(([key]) => !OWN.has(key)));
    new Resource(stack, `${kind}-${name}`, argument(given));
  }
}
app.synth();

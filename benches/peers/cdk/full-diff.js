// What `cdk diff` computes for one template, without its start-up: `node full-diff.js OLD NEW` prints how many resources differ.
const fs = require('fs');
const { fullDiff } = require('@aws-cdk/cloudformation-diff');

const [old, now] = process.argv.slice(2).map((path) => JSON.parse(fs.readFileSync(path, 'utf8')));
console.log(fullDiff(old, now).resources.differenceCount);

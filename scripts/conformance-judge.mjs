// Judges a run of the official MCP conformance suite: node conformance-judge.mjs RESULTS SKIPPED REVISION
//
// Stricter than the suite's own exit code: every check of every scenario counts, scored or not, and a WARNING is a failure. What
// is SKIPPED must be exactly what the file SKIPPED lists for the revision, one "REVISION scenario/check-id  reason" a line.
import fs from 'node:fs';

const [results, skippedFile, revision] = process.argv.slice(2);
const counts = {};
const bad = [];
const skipped = new Set();
const scenarios = new Set();

for (const dir of fs.readdirSync(results).sort()) {
  const file = `${results}/${dir}/checks.json`;
  if (!fs.existsSync(file)) continue;
  const scenario = dir.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '');
  scenarios.add(scenario);
  for (const check of JSON.parse(fs.readFileSync(file))) {
    counts[check.status] = (counts[check.status] ?? 0) + 1;
    const id = `${scenario}/${check.id}`;
    if (check.status === 'FAILURE' || check.status === 'WARNING') {
      bad.push(`${check.status} ${id}: ${(check.errorMessage || check.description).split('\n')[0].slice(0, 200)}`);
    } else if (check.status === 'SKIPPED') {
      skipped.add(id);
    }
  }
}

const expected = new Map(fs.readFileSync(skippedFile, 'utf8').split('\n')
  .filter((line) => line.trim() && !line.startsWith('#'))
  .map((line) => line.trim().split(/\s+/))
  .filter(([of]) => of === revision)
  .map(([, id, ...reason]) => [id, reason.join(' ')]));
for (const id of skipped) if (!expected.has(id)) bad.push(`SKIPPED ${id}: not listed for ${revision} in ${skippedFile}`);
for (const [id, reason] of expected) {
  if (!reason) bad.push(`${skippedFile}: ${id} has no reason`);
  if (scenarios.has(id.split('/')[0]) && !skipped.has(id)) bad.push(`${skippedFile}: ${id} is listed, but was not skipped`);
}
if (scenarios.size === 0) bad.push(`no checks.json in ${results}`);

bad.forEach((line) => console.log(line));
console.log(`${scenarios.size} scenarios; ` + Object.keys(counts).sort().map((s) => `${counts[s]} ${s}`).join(', '));
process.exit(bad.length ? 1 : 0);

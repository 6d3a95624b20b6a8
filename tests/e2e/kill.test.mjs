// kill -9 again and again under load; ./run bench crash does it a hundred times (tests/crash/kill.mjs).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { campaign } from '../crash/kill.mjs';

test('kill -9 five times under calls, edits and a reader of the log: what was acknowledged is there once', { timeout: 480000 }, async () => {
  const figures = await campaign({ kills: 5, seed: 11 });
  assert.deepEqual(figures.faults, []);
  assert.equal(figures.kills, 5);
  assert.ok(figures.acknowledged > 100, `only ${figures.acknowledged} changes were acknowledged: there was no load`);
  assert.ok(figures.calls > 10, `only ${figures.calls} calls came: there was no load`);
  assert.ok(figures.restart_p99_ms < 5000, `a restart took ${figures.restart_p99_ms} ms`);
});

test('the same on PostgreSQL, which dies of it once, too', { timeout: 720000 }, async () => {
  const figures = await campaign({ kills: 3, seed: 12, onPostgres: true });
  assert.deepEqual(figures.faults, []);
  assert.equal(figures.kills, 3);
  assert.ok(figures.acknowledged > 20, `only ${figures.acknowledged} changes were acknowledged: there was no load`);
});

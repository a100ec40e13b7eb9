"use strict";
// Keeps the members of a sync that left the pipeline or was switched off.
//
// Grouparoo takes a destination that is no longer in its configuration as one
// whose members must go: it runs the destination's group one last time without
// the destination in it, which in mode "sync" removes every member and in the
// other modes takes their tags away. A destination that follows no group is
// dropped in silence. So before Grouparoo reads its configuration, this lets go
// of the group of each destination that Grouparoo will not find there, unless
// the pipeline said `on_destroy: remove` when the sync was there last. One that
// goes on under another name (`renamed_from`) keeps its members in any case.

const LOCK = 7461706573; // of this file alone; two processes may start at once

// keep lets go of what left and remembers what each sync that is there wants
// done when it leaves. client is a connected client of Grouparoo's database,
// syncs the list in syncs.json. It gives the ids that it let go of.
async function keep(client, syncs) {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    await client.query("CREATE TABLE IF NOT EXISTS tapestry_syncs (destination text PRIMARY KEY, on_destroy text NOT NULL)");
    const released = await release(client, syncs);
    await remember(client, syncs);
    await client.query("COMMIT");
    return released;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

async function release(client, syncs) {
  const tables = await client.query("SELECT to_regclass('destinations') AS found");
  if (tables.rows[0].found === null) return []; // the very first start
  const ids = (enabled) => syncs.filter((s) => s.enabled === enabled).map((s) => s.destination);
  const renamed = syncs.map((s) => s.renamed_destination).filter(Boolean);
  const released = await client.query(
    `UPDATE destinations SET "groupId" = NULL
      WHERE locked = 'config:code' AND state <> 'deleted' AND "groupId" IS NOT NULL AND id <> ALL ($1)
        AND (id = ANY ($2) OR id NOT IN (SELECT destination FROM tapestry_syncs WHERE on_destroy = 'remove'))
      RETURNING id`,
    [ids(true), ids(false).concat(renamed)]
  );
  return released.rows.map((row) => row.id).sort();
}

// remember never forgets a sync that left: of two processes that start, the
// second must decide as the first did.
async function remember(client, syncs) {
  for (const sync of syncs.filter((s) => s.enabled)) {
    await client.query(
      `INSERT INTO tapestry_syncs VALUES ($1, $2)
        ON CONFLICT (destination) DO UPDATE SET on_destroy = excluded.on_destroy`,
      [sync.destination, sync.on_destroy]
    );
  }
}

module.exports = { keep };

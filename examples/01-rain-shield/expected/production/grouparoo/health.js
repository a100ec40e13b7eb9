"use strict";
// Says by its exit code whether the container beside it works: the web page has
// to answer, a worker to have started and not stopped.
const fs = require("fs");
const http = require("http");
const os = require("os");
const path = require("path");

const end = (ok) => process.exit(ok ? 0 : 1);

if (process.env.WEB_SERVER === "true") {
  const url = `http://127.0.0.1:${process.env.PORT || 8080}/api/v1/status/public`;
  const request = http.get(url, { timeout: 4000 }, (answer) => end(answer.statusCode === 200));
  request.on("error", () => end(false));
  request.on("timeout", () => end(false));
} else {
  const folder = path.join(os.tmpdir(), "grouparoo"); // where start.js has the pid file written
  end(fs.existsSync(folder) && fs.readdirSync(folder).some((name) => name.startsWith("actionhero-")));
}

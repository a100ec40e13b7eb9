"use strict";
// Makes Grouparoo's own clock tick ten times as fast, so that a round takes
// seconds: node --require ./pace.js. What it does, and in which order, stays as it
// is. What runs every minute or more seldom stays, too: nobody waits for it.

const Module = require("module");
const load = Module._load;
const patched = new WeakSet();

const often = 30 * 1000; // what runs at least that often is in the way of a change
const shortest = 500;
const faster = 10;

// It takes up again whom it has not sent yet: too often, on a slow machine, and
// somebody is sent twice.
const patient = { "profiles:enqueueExports": 3 * 1000 };

// tasks are those that look for work again and again.
function tasks({ Task }) {
  Object.defineProperty(Task.prototype, "frequency", {
    get() {
      return this.every;
    },
    set(ms) {
      const inTheWay = ms > 0 && ms <= often && this.name !== "status";
      this.every = inTheWay ? patient[this.name] || Math.max(shortest, ms / faster) : ms;
    },
  });
}

// queues are how workers and the one scheduler among them sleep, and for how long
// one that says nothing is waited for.
function queues({ Scheduler, Worker }) {
  const { tryForLeader } = Scheduler.prototype;
  Scheduler.prototype.tryForLeader = function () {
    this.options.timeout = shortest;
    this.options.leaderLockTimeout = 18; // seconds, of three minutes
    this.options.stuckWorkerTimeout = 60 * 1000; // of ten minutes
    return tryForLeader.call(this);
  };
  const { pause } = Worker.prototype;
  Worker.prototype.pause = function () {
    this.options.timeout = shortest;
    return pause.call(this);
  };
}

Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  // A module that is loaded from within itself is not whole yet.
  const change = (request === "actionhero" && loaded.Task && tasks) || (request === "node-resque" && loaded.Worker && queues);
  if (change && !patched.has(loaded)) {
    patched.add(loaded);
    change(loaded);
  }
  return loaded;
};

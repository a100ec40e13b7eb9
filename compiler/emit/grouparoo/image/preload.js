// The grouparoo command line refuses Node.js 16 and later, which run it well: node --require ./preload.js node_modules/.bin/grouparoo
Object.defineProperty(process, "version", { value: "v15.14.0" });

package compose

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// The variables that are no secrets of the pipeline file.
const (
	dbPassword     = "GROUPAROO_DB_PASSWORD"
	redisPassword  = "GROUPAROO_REDIS_PASSWORD"
	serverToken    = "GROUPAROO_SERVER_TOKEN"
	snowflakeToken = "GROUPAROO_SNOWFLAKE_TOKEN"
	adminEmail     = "GROUPAROO_ADMIN_EMAIL"
	adminPassword  = "GROUPAROO_ADMIN_PASSWORD"
)

// text is a value that compose takes as it is: a dollar begins a variable.
func text(s string) yamltree.Str { return yamltree.Str(strings.ReplaceAll(s, "$", "$$")) }

// required is a variable without which compose stops with the message.
func required(name, what string) yamltree.Str {
	return yamltree.Str("${" + name + ":?set it in .env: " + what + "}")
}

// optional is a variable that may be missing.
func optional(name string) yamltree.Str { return yamltree.Str("${" + name + ":-}") }

// locked is what every container has: no way to write to its image or to gain
// rights. user is that of the image's own service.
func locked(user string, writable ...string) yamltree.Map {
	return yamltree.Map{
		k("user", text(user)),
		k("read_only", yamltree.Bool(true)),
		k("tmpfs", yamltree.Strs(writable...)),
		k("cap_drop", yamltree.Strs("ALL")),
		k("security_opt", yamltree.Strs("no-new-privileges:true")),
		k("init", yamltree.Bool(true)),
		k("restart", text("unless-stopped")),
	}
}

func health(start string, command ...string) yamltree.Entry {
	return k("healthcheck", yamltree.Map{
		k("test", yamltree.Strs(append([]string{"CMD"}, command...)...)),
		k("interval", text("10s")), k("timeout", text("5s")), k("retries", yamltree.Int(6)), k("start_period", text(start)),
	})
}

func postgres() yamltree.Map {
	service := yamltree.Map{
		k("image", text(postgresImage)),
		k("environment", yamltree.Map{
			k("POSTGRES_DB", text("grouparoo")), k("POSTGRES_USER", text("grouparoo")),
			k("POSTGRES_PASSWORD", required(dbPassword, "any password for Grouparoo's own database")),
		}),
		k("volumes", yamltree.Strs("postgres:/var/lib/postgresql/data")),
		k("networks", yamltree.Strs("state")),
	}
	service = append(service, locked("70:70", "/tmp", "/var/run/postgresql:uid=70,gid=70,mode=0775")...)
	return append(service, health("20s", "pg_isready", "--username=grouparoo", "--dbname=grouparoo"))
}

// redis hands its password to the server through the environment, so that no
// list of processes shows it.
func redis() yamltree.Map {
	service := yamltree.Map{
		k("image", text(redisImage)),
		k("command", yamltree.Strs("sh", "-c", `printf 'requirepass "%s"\nappendonly yes\ndir /data\n' "$$REDISCLI_AUTH" | exec redis-server -`)),
		k("environment", yamltree.Map{k("REDISCLI_AUTH", required(redisPassword, "any password for Grouparoo's own Redis, letters and digits"))}),
		k("volumes", yamltree.Strs("redis:/data")),
		k("networks", yamltree.Strs("state")),
	}
	service = append(service, locked("999:1000", "/tmp")...)
	return append(service, health("10s", "redis-cli", "ping"))
}

func web(p *ir.Pipeline) yamltree.Map {
	service := append(process(p, "true", 0), k("ports", yamltree.Strs("127.0.0.1:8080:8080")))
	return append(service, dependsOn("postgres", "redis"))
}

// worker waits for the web page: two processes that start on an empty database
// would both make its tables, and one of them would fail.
func worker(p *ir.Pipeline) yamltree.Map {
	return append(process(p, "false", 5), dependsOn("postgres", "redis", "web"))
}

func dependsOn(services ...string) yamltree.Entry {
	var all yamltree.Map
	for _, s := range services {
		all = append(all, k(s, yamltree.Map{k("condition", text("service_healthy"))}))
	}
	return k("depends_on", all)
}

func process(p *ir.Pipeline, webServer string, workers int64) yamltree.Map {
	service := yamltree.Map{
		k("image", text(p.Prefix+"-grouparoo:local")),
		k("build", yamltree.Map{k("context", text("./grouparoo"))}),
		k("environment", environment(p, webServer, workers)),
		k("networks", yamltree.Strs("state", "outside")),
	}
	service = append(service, locked("1000:1000", "/tmp")...)
	return append(service, health("60s", "node", "health.js"), k("stop_grace_period", text("60s")))
}

func environment(p *ir.Pipeline, webServer string, workers int64) yamltree.Map {
	env := yamltree.Map{
		k("WEB_SERVER", text(webServer)), k("WORKERS", yamltree.Int(workers)), k("PORT", yamltree.Int(8080)),
		k("DB_DIALECT", text("postgres")), k("DB_HOST", text("postgres")), k("DB_PORT", yamltree.Int(5432)),
		k("DB_DATABASE", text("grouparoo")), k("DB_USER", text("grouparoo")), k("DB_PASS", required(dbPassword, "any password for Grouparoo's own database")),
		k("REDIS_HOST", text("redis")), k("REDIS_PORT", yamltree.Int(6379)), k("REDIS_PASS", required(redisPassword, "any password for Grouparoo's own Redis, letters and digits")),
		k("SERVER_TOKEN", required(serverToken, "any long random text")),
		k("GROUPAROO_ADMIN_EMAIL", optional(adminEmail)), k("GROUPAROO_ADMIN_PASSWORD", optional(adminPassword)),
		k(grouparoo.EnvName(grouparoo.SnowflakeToken), required(snowflakeToken, "access token of Grouparoo's Snowflake user")),
	}
	for _, name := range grouparoo.SecretNames(p) {
		env = append(env, k(grouparoo.EnvName(name), required(name, "the secret of that name")))
	}
	return env
}

package fakesnowflake

import (
	"time"

	"github.com/snowflakedb/gosnowflake"
)

// Config is what the Go driver needs to reach the stand-in as a user. How it signs
// in is for the caller to add: a Password, a PrivateKey with its Authenticator, or
// a Token.
func (s *Server) Config(user string) *gosnowflake.Config {
	return &gosnowflake.Config{
		Account: s.options.Account, User: user, Protocol: "http", Host: s.Host(), Port: s.Port(), DisableTelemetry: true,
		LoginTimeout: 10 * time.Second, RequestTimeout: 30 * time.Second, MaxRetryCount: 1, Params: map[string]*string{},
	}
}

// AdminConfig is the Config of the administrator.
func (s *Server) AdminConfig(role string) *gosnowflake.Config {
	c := s.Config(Admin)
	c.Password, c.Role = s.secret, role
	return c
}

// AdminDSN is the same as a data source name for database/sql.
func (s *Server) AdminDSN(role string) string {
	dsn, err := gosnowflake.DSN(s.AdminConfig(role))
	if err != nil {
		panic("the configuration is made here and always has all parts: " + err.Error())
	}
	return dsn
}

// AdminPassword is the administrator's password, for clients that take no DSN.
func (s *Server) AdminPassword() string { return s.secret }

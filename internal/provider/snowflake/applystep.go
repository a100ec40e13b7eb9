package snowflake

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strconv"

	sf "github.com/snowflakedb/gosnowflake"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// keyBits is the size of a key.
const keyBits = 2048

// lookAt reads what a step rests on: the ledger, and its user.
func (w worker) lookAt(ctx context.Context, st migration.Statement) (*planner, error) {
	list := []question{ledgerQuestion(w.pl.set)}
	if st.Kind == migration.Token {
		list = append(list, tokenQuestion(st))
	} else {
		list = append(list, userQuestion(st.Object))
	}
	l := newLive()
	err := w.cl.look(ctx, list, l)
	return newPlanner(w.pl, l, w.in.Outputs, w.c.Now(), w.c.Rotate), err
}

// keyPair makes a key, stores its private half, and sets the public one. Were it
// the other way round, a key could be set of which nobody has the other half.
func (w worker) keyPair(ctx context.Context, st migration.Statement) (deploy.Outputs, error) {
	now, err := w.lookAt(ctx, st)
	if err != nil {
		return nil, err
	}
	r := now.live.ledger[st.ID]
	if r.plan == w.c.Run && w.c.Run != "" || !slices.Contains(w.c.Rotate, st.Step.User) {
		now.rotate = nil
		if now.keyPair(st).action == "" {
			return w.stored(ctx, st) // done already, and only the answer was lost
		}
	}
	slot := slotFor(r, now.live.keys(st.Step.User))
	private, public, err := newKey(w.c)
	if err != nil {
		return nil, err
	}
	if err := w.keep(ctx, st, private); err != nil {
		return nil, err
	}
	err = w.logged(ctx, w.line(st), func(r *row) error {
		r.detail = slot + " " + fingerprint(public)
		return w.cl.work.as(ctx, st.As, nil, func(conn *sql.Conn) error {
			return w.exec(ctx, conn, st.ID, setKey(st, slot)+literal(base64.StdEncoding.EncodeToString(public)))
		})
	})
	if err != nil {
		return nil, err
	}
	return w.stored(ctx, st)
}

func newKey(c Config) (private secret.Value, public []byte, err error) {
	k, err := rsa.GenerateKey(c.Rand, keyBits)
	if err != nil {
		return secret.Value{}, nil, fmt.Errorf("making a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return secret.Value{}, nil, fmt.Errorf("making a key: %w", err)
	}
	public, err = x509.MarshalPKIXPublicKey(k.Public())
	return secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))), public, err
}

// fingerprint is how DESCRIBE USER shows a public key.
func fingerprint(public []byte) string {
	s := sha256.Sum256(public)
	return "SHA256:" + base64.StdEncoding.EncodeToString(s[:])
}

// elsewhere is an error of another system than Snowflake.
type elsewhere struct{ error }

func (e elsewhere) Unwrap() error { return e.error }

// keep stores a secret.
func (w worker) keep(ctx context.Context, st migration.Statement, v secret.Value) error {
	if w.c.Params == nil {
		return errors.New("there is nowhere to store secrets")
	}
	if err := w.c.Params.Put(ctx, st.Step.Param, v); err != nil {
		return elsewhere{fmt.Errorf("storing %s: %w", st.Step.Param, err)}
	}
	return nil
}

// stored tells the version of the parameter to those who use it.
func (w worker) stored(ctx context.Context, st migration.Statement) (deploy.Outputs, error) {
	_, version, err := w.c.Params.Get(ctx, st.Step.Param)
	if err != nil {
		return nil, elsewhere{fmt.Errorf("reading the version of %s: %w", st.Step.Param, err)}
	}
	return deploy.Outputs{"parameter." + st.Step.Param: strconv.FormatInt(version, 10)}, nil
}

// retire takes away the key that is not the one of the ledger.
func (w worker) retire(ctx context.Context, st migration.Statement) error {
	now, err := w.lookAt(ctx, st)
	if err != nil {
		return err
	}
	slot, fp := kept(now.live.ledger[st.ID])
	if fp == "" || now.live.keys(st.Step.User)[slot] != fp {
		return fmt.Errorf("the key of %s is not the one that the ledger knows, so none is taken away: plan again", st.Step.User)
	}
	return w.cl.work.as(ctx, st.As, nil, func(conn *sql.Conn) error {
		return w.exec(ctx, conn, st.ID, "ALTER USER "+st.Object.Name+" UNSET "+other(slot))
	})
}

// token makes a token and stores it. There is never more than one: what is
// there is removed first, also where the answer with the secret was lost.
func (w worker) token(ctx context.Context, st migration.Statement) (deploy.Outputs, error) {
	now, err := w.lookAt(ctx, st)
	if err != nil {
		return nil, err
	}
	if now.token(st).action == "" {
		return w.stored(ctx, st)
	}
	_, there := now.live.token(st)
	err = w.logged(ctx, w.line(st), func(*row) error {
		made, err := w.makeToken(ctx, st, there)
		if err != nil {
			return err
		}
		return w.keep(ctx, st, made)
	})
	if err != nil {
		return nil, err
	}
	return w.stored(ctx, st)
}

func (w worker) makeToken(ctx context.Context, st migration.Statement, there bool) (made secret.Value, err error) {
	err = w.cl.work.as(ctx, st.As, nil, func(conn *sql.Conn) error {
		if there {
			if err := w.exec(ctx, conn, st.ID, removeToken(st)); err != nil {
				return err
			}
		}
		made, err = w.addToken(ctx, conn, st)
		if !isThere(err) {
			return err
		}
		// The driver asked again after an answer was lost: it is there, and
		// nobody knows its secret.
		if err := w.exec(ctx, conn, st.ID, removeToken(st)); err != nil {
			return err
		}
		made, err = w.addToken(ctx, conn, st)
		return err
	})
	return made, err
}

func (w worker) addToken(ctx context.Context, conn *sql.Conn, st migration.Statement) (secret.Value, error) {
	answer, err := query(w.cl.tag.with(ctx, st.ID), conn, addToken(st))
	if err != nil {
		return secret.Value{}, err
	}
	if len(answer) != 1 || answer[0]["token_secret"] == "" {
		return secret.Value{}, errors.New("Snowflake made a token and did not tell it")
	}
	return secret.New(answer[0]["token_secret"]), nil
}

// isThere says that there is something of that name.
func isThere(err error) bool {
	var e *sf.SnowflakeError
	return errors.As(err, &e) && (e.Number == 2002 || e.SQLState == "42710")
}

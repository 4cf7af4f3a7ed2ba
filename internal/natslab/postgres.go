package natslab

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresWithin is how long a PostgreSQL may take to start, to stop, or to do as told.
const postgresWithin = 30 * time.Second

// A Database is a PostgreSQL server that a test may disturb: it takes whom it can reach
// for who they say they are. Its methods panic when they cannot do what they say.
type Database struct {
	bin     string
	dir     string
	address string
	port    int
	log     *os.File
	command func(name string, args ...string) *exec.Cmd

	cmd   *exec.Cmd
	ended chan struct{}
}

// Postgres starts a PostgreSQL server here, which listens on an address and ends with the
// test: Cluster.Own is one that every host of a cluster reaches. Where PostgreSQL is not
// installed the test is skipped.
func Postgres(t testing.TB, address string) *Database {
	t.Helper()
	return startPostgres(t, address, exec.Command)
}

// Postgres starts a PostgreSQL server on a host, so that it may be cut off.
func (c *Cluster) Postgres(t testing.TB, host int) *Database {
	t.Helper()
	return startPostgres(t, c.Address(host), func(name string, args ...string) *exec.Cmd {
		return c.network.command(host, name, args...)
	})
}

func startPostgres(t testing.TB, address string, command func(string, ...string) *exec.Cmd) *Database {
	t.Helper()
	d := &Database{bin: postgresPrograms(), address: address, command: command}
	if d.bin == "" {
		t.Skip("PostgreSQL is not installed")
	}
	var err error
	if d.dir, err = os.MkdirTemp("", "legwork-natslab-postgres-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.close(t) })
	if err := d.make(); err != nil {
		t.Fatal(err)
	}
	d.Restart()
	return d
}

// postgresPrograms is where the newest PostgreSQL that is installed has its programs,
// empty if there is none.
func postgresPrograms() string {
	bin := ""
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/usr/local/pgsql/bin/initdb"} {
		found, _ := filepath.Glob(pattern)
		for _, initdb := range found {
			bin = filepath.Dir(initdb)
		}
	}
	return bin
}

// make makes the server's files.
func (d *Database) make() error {
	if err := d.giveAway(); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(d.dir, "log"))
	if err != nil {
		return err
	}
	d.log = log
	if d.port, err = freePort("127.0.0.1"); err != nil {
		return err
	}
	initdb := d.as(exec.Command, "initdb", "-D", d.data(), "-U", "legwork", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("natslab: initdb: %w\n%s", err, out)
	}
	hba, err := os.OpenFile(filepath.Join(d.data(), "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer hba.Close()
	_, err = fmt.Fprintln(hba, "host all all samenet trust")
	return err
}

func (d *Database) data() string { return filepath.Join(d.dir, "data") }

// giveAway gives the directory to whom the server runs as: it refuses to be root.
func (d *Database) giveAway() error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	return os.Chown(d.dir, uid, -1)
}

// as makes a command of PostgreSQL's, by whom it may be run and in its own directory. The
// kernel kills it when the test binary dies; who changes the user must say so again.
func (d *Database) as(command func(string, ...string) *exec.Cmd, program string, args ...string) *exec.Cmd {
	args = append([]string{filepath.Join(d.bin, program)}, args...)
	if os.Geteuid() == 0 {
		args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL"}, args...)
	}
	cmd := command(args[0], args[1:]...)
	cmd.Dir = d.dir
	dieWithUs(cmd)
	return cmd
}

// URL is where clients reach the server, from wherever its address is reached.
func (d *Database) URL() string {
	return fmt.Sprintf("postgres://legwork@%s/postgres?sslmode=disable", net.JoinHostPort(d.address, strconv.Itoa(d.port)))
}

// Kill ends the server at once, as when the machine fails: it recovers when it starts
// again.
func (d *Database) Kill() { d.end(syscall.SIGQUIT) }

// Stop ends the server in good order. Who is connected is thrown out.
func (d *Database) Stop() { d.end(syscall.SIGINT) }

func (d *Database) end(s syscall.Signal) {
	if err := d.cmd.Process.Signal(s); err != nil {
		panic(fmt.Sprintf("natslab: end PostgreSQL: %v", err))
	}
	select {
	case <-d.ended:
	case <-time.After(postgresWithin):
		panic(fmt.Sprintf("natslab: PostgreSQL did not end within %s", postgresWithin))
	}
}

// Restart starts the server again after Kill or Stop, and waits until it can be used.
func (d *Database) Restart() {
	cmd := d.as(d.command, "postgres", "-D", d.data(), "-p", strconv.Itoa(d.port), "-k", d.dir, "-c", "listen_addresses="+d.address)
	cmd.Stdout, cmd.Stderr = d.log, d.log
	if err := cmd.Start(); err != nil {
		panic(fmt.Sprintf("natslab: start PostgreSQL: %v", err))
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	d.cmd, d.ended = cmd, ended
	d.await("SELECT 'yes'", "yes")
}

// ReadOnly has every transaction that begins from now on write nothing, or write again:
// what a client of a standby sees that has not noticed. Who is connected sees it a moment
// later.
func (d *Database) ReadOnly(on bool) {
	want := map[bool]string{true: "on", false: "off"}[on]
	ctx, cancel := context.WithTimeout(context.Background(), postgresWithin)
	defer cancel()
	err := d.do(ctx, func(conn *pgx.Conn) error {
		for _, query := range []string{
			"SET default_transaction_read_only = off",
			"ALTER SYSTEM SET default_transaction_read_only = " + want,
			"SELECT pg_reload_conf()",
		} {
			if _, err := conn.Exec(ctx, query); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("natslab: make PostgreSQL read only: %v", err))
	}
	d.await("SHOW default_transaction_read_only", want)
}

// await asks a new session, until it says what is wanted.
func (d *Database) await(query, want string) {
	ctx, cancel := context.WithTimeout(context.Background(), postgresWithin)
	defer cancel()
	for {
		said := ""
		err := d.do(ctx, func(conn *pgx.Conn) error { return conn.QueryRow(ctx, query).Scan(&said) })
		if err == nil && said == want {
			return
		}
		select {
		case <-ctx.Done():
			panic(fmt.Sprintf("natslab: PostgreSQL said %q to %q: %v", said, query, err))
		case <-d.ended:
			panic(fmt.Sprintf("natslab: PostgreSQL has ended: %v\n%s", err, d.said()))
		case <-time.After(askEvery / 5):
		}
	}
}

// do does something in a session of its own.
func (d *Database) do(ctx context.Context, f func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, d.URL())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return f(conn)
}

func (d *Database) said() string {
	text, _ := os.ReadFile(d.log.Name())
	return string(text[max(0, len(text)-tail):])
}

// close ends the server if it runs, and removes its files.
func (d *Database) close(t testing.TB) {
	if d.ended != nil {
		select {
		case <-d.ended:
		default:
			d.Kill()
		}
	}
	if d.log != nil {
		if t.Failed() {
			t.Logf("== PostgreSQL\n%s", d.said())
		}
		d.log.Close()
	}
	_ = os.RemoveAll(d.dir)
}

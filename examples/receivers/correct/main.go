// It embeds Legwork's engine, and tells everything that an Observed Call can hold. It
// keeps every notification in a file before it answers, and reads them again when it is
// started, so that a restart in the middle of a call loses nothing.
package main

import (
	"bufio"
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/wire"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8101", "the address of the webhook, POST /webhook, and of the calls, GET /calls")
	token := flag.String("token", "", "refuse notifications that do not carry this Verification-Token")
	journal := flag.String("journal", "", "keep the notifications in this file, and begin with those in it")
	flag.Parse()
	engine, err := recon.New(recon.Config{})
	if err != nil {
		log.Fatal(err)
	}
	r := &receiver{engine: engine, token: *token}
	if flag.Arg(0) == "-" {
		r.read(os.Stdin)
		r.tell(os.Stdout, time.Time{})
		return
	}
	if *journal != "" {
		if r.journal, err = os.OpenFile(*journal, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
			log.Fatal(err)
		}
		r.read(r.journal)
	}
	http.HandleFunc("POST /webhook", r.webhook)
	http.HandleFunc("GET /calls", func(w http.ResponseWriter, req *http.Request) {
		since, _ := time.Parse(time.RFC3339, req.FormValue("since"))
		r.tell(w, since)
	})
	log.Fatal(http.ListenAndServe(*listen, nil))
}

// receiver is the engine behind a lock: it has none of its own.
type receiver struct {
	token   string
	lock    sync.Mutex
	engine  *recon.Engine
	journal *os.File
}

// read takes notifications, one a line.
func (r *receiver) read(from io.Reader) {
	in := bufio.NewReader(from)
	for {
		line, err := in.ReadBytes('\n')
		r.take(line)
		if err != nil {
			return
		}
	}
}

func (r *receiver) webhook(w http.ResponseWriter, req *http.Request) {
	if t := req.Header.Get("Validation-Token"); t != "" {
		w.Header().Set("Validation-Token", t) // the handshake
	} else if r.token != "" && subtle.ConstantTimeCompare([]byte(r.token), []byte(req.Header.Get("Verification-Token"))) != 1 {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 4<<20))
	if err != nil {
		return // cut off: it will come again, or not
	}
	if err := r.keep(body); err != nil {
		http.Error(w, "cannot keep it", http.StatusInternalServerError)
		return
	}
	r.take(body)
}

// keep appends a notification to the journal, on one line.
func (r *receiver) keep(body []byte) error {
	if r.journal == nil {
		return nil
	}
	var line bytes.Buffer
	if json.Compact(&line, body) != nil {
		return nil // no notification
	}
	line.WriteByte('\n')
	r.lock.Lock()
	defer r.lock.Unlock()
	if _, err := r.journal.Write(line.Bytes()); err != nil {
		return err
	}
	return r.journal.Sync()
}

// take tells the engine one notification. What is none is passed over.
func (r *receiver) take(body []byte) {
	ev, err := wire.Decode(body)
	if err != nil {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.engine.Step(time.Now(), &ev)
}

// tell writes the calls that have begun since an instant.
func (r *receiver) tell(w io.Writer, since time.Time) {
	r.lock.Lock()
	calls := r.engine.Calls()
	r.lock.Unlock()
	out := json.NewEncoder(w)
	for _, c := range calls {
		if c.StartedAt.Std().Before(since) {
			continue
		}
		if err := out.Encode(observe(c)); err != nil {
			return
		}
	}
}

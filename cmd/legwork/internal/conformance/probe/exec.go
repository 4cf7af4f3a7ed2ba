package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
)

// Ended is how a process ended.
type Ended struct {
	Status int
	Said   string // the end of what it printed on its standard error, to be added to a message
}

// ErrNoStart is wrapped by the error for a command that cannot be started at all.
var ErrNoStart = errors.New("cannot start")

// Play runs a receiver once: notifications on its standard input, one a line, then the
// end of input; Observed Calls on its standard output. It is ended settle after the last
// notification. A process that ends with another status than 0 is no error.
func Play(ctx context.Context, t *target.Target, lines [][]byte) (Answer, Ended, error) {
	ctx, cancel := context.WithTimeout(ctx, maxTime+t.Settle)
	defer cancel()
	cmd := t.Command(t.Sees.Args)
	out, tail := &bounded{}, &target.Tail{}
	var input bytes.Buffer
	for _, l := range lines {
		input.Write(l)
		input.WriteByte('\n')
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &input, out, tail
	name := strings.Join(t.Sees.Args, " ")
	if err := cmd.Start(); err != nil {
		return Answer{}, Ended{}, fmt.Errorf("%w %s: %w", ErrNoStart, name, err)
	}
	stop := context.AfterFunc(ctx, func() { target.Kill(cmd) })
	err := cmd.Wait()
	if !stop() {
		if errors.Is(context.Cause(ctx), context.Canceled) {
			return Answer{}, Ended{}, ctx.Err()
		}
		return Answer{}, Ended{}, fmt.Errorf("%s did not end within %v of the last notification%s", name, maxTime+t.Settle, tail.Said())
	}
	target.Kill(cmd) // what it may have left behind
	end := Ended{Status: cmd.ProcessState.ExitCode(), Said: tail.Said()}
	var exit *exec.ExitError
	switch {
	case out.over:
		return Answer{}, end, fmt.Errorf("%s printed more than %d MiB", name, maxSize>>20)
	case err != nil && !errors.As(err, &exit) && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, exec.ErrWaitDelay):
		return Answer{}, end, err
	}
	if end.Status != 0 {
		return Answer{}, end, nil
	}
	a, err := read(new(observed.Decoder), out.Bytes())
	if err != nil {
		return a, end, fmt.Errorf("standard output of %s: %w", name, err)
	}
	return a, end, nil
}

// bounded keeps what is printed, up to a bound.
type bounded struct {
	bytes.Buffer
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxSize {
		b.over = true
		return len(p), nil // and goes on reading, so that the process can end
	}
	return b.Buffer.Write(p)
}

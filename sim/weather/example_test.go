package weather_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/weather"
)

// A stream goes over a line event by event.
func ExampleLine() {
	w, err := weather.Parse([]byte(`{"reorder": 0.5, "window": "3s", "duplicate": 0.2}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	line, err := weather.New(w, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		fmt.Println(err)
		return
	}
	receive := func(now wire.Time) {
		for d, ok := line.Next(now); ok; d, ok = line.Next(now) {
			fmt.Printf("%d ms: event %s, attempt %d\n", int64(d.At), d.Event.UUID, d.Attempt)
		}
	}
	for i := range 4 {
		ev := wire.Event{UUID: fmt.Sprint(i + 1), Timestamp: wire.Time(1000 * (i + 1))}
		line.Put(&ev)
		receive(ev.Timestamp)
	}
	receive(math.MaxInt64)
	fmt.Println(line.Count().Duplicates, "duplicates")

	// Output:
	// 2449 ms: event 1, attempt 1
	// 3797 ms: event 3, attempt 1
	// 4235 ms: event 3, attempt 2
	// 4320 ms: event 4, attempt 1
	// 4394 ms: event 2, attempt 1
	// 1 duplicates
}

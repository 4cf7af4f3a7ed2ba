// Package recon rebuilds calls from RingCentral telephony-session notifications.
//
// RingCentral reports one party's new status in one telephony session at a time. A
// warm transfer, a conference, a supervised or a parked call is spread over several
// sessions that only a peer id ties together, and events come late, twice, out of
// order or never. An Engine takes them as they come and keeps, at every moment, the
// call graphs that they make: legs, the links between them, who could hear whom and
// when, and the evidence for each.
//
//	engine, err := recon.New(recon.Config{})
//	...
//	event, err := wire.Decode(body)             // one webhook request's body
//	changes := engine.Step(time.Now(), &event)  // what it changed
//	for _, id := range changes.Final {          // calls that are over
//		graph, _ := engine.Call(id)
//		...
//	}
//	changes = engine.Tick(time.Now())           // once a second or so
//
// The engine is a value, not a service: it starts no goroutine, takes no lock, reads
// no clock and does no input or output. Time is an argument. Use an Engine from one
// goroutine at a time; events of one account go to one engine, since links never
// cross accounts.
//
// # The one idea
//
// A call graph is a pure function of the set of observations that arrived: not of
// their order, not of how often each arrived, not of when the process restarted.
// The engine keeps the set; Call computes the graph. So duplicates and disorder
// cannot matter, and loss only makes the set smaller.
//
// What does depend on arrival (which event was late, which calls turned out to be
// one) is in Changes and never in a graph.
package recon

// Package listen receives notifications as a webhook does, and shows, records and
// forwards them.
//
//	handler.go  one request: handshake, token, body, 200
//	record.go   the capture: one body a line
//	forward.go  the queue in front of another webhook
//	view.go     the engine, on one goroutine, and a line for every event
//	words.go    what an event changed in a call, in words
//	story.go    a call in short
//	serve.go    all of it together, until it is told to end
//
// RingCentral is answered as soon as a body is on record: neither the terminal nor the
// webhook behind the queue can make it wait.
package listen

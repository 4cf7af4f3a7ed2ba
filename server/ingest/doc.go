// Package ingest takes notifications: it checks who sends them, writes them to the
// journal, and only then answers 200.
//
//	handler.go  one request: tenant, token, handshake, body
//	commit.go   many requests, one sync: the group commit, and the server's clock
//	queue.go    what is spooled, and what is to be written at once, in order
//	place.go    many groups, one transaction: into the journal, then to the engine
package ingest

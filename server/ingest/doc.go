// Package ingest takes notifications: it checks who sends them, writes them to the
// journal, and only then answers 200.
//
//	handler.go  one request: tenant, token, handshake, body
//	commit.go   many requests, one transaction: the group commit, and the server's clock
package ingest

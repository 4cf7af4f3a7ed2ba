// Package cluster lets several servers be one, on NATS JetStream and a store that they
// share.
//
// A node takes notifications into its own outbox, answers, and passes them on to a
// replicated stream, whose subjects are divided into partitions by tenant; several of one
// partition are one message. A worker owns
// partitions: it reads each one's messages in their order, writes them into the shared
// journal and the calls beside them. Who owns what is settled by leases in a key-value
// bucket; the token of a lease fences whatever an earlier owner still writes. See
// docs/cluster.md.
package cluster

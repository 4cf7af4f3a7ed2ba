package cluster

import (
	"hash/fnv"
	"strconv"
)

// PartitionOf is the partition of a tenant among so many: the one in which the stream
// keeps its notifications. Links never cross accounts, so a tenant's calls can be rebuilt
// from its partition alone.
func PartitionOf(tenant int64, partitions int) int {
	return Partition(strconv.FormatInt(tenant, 10), partitions)
}

// Partition tells which of n partitions a token of a subject belongs to, 0 to n-1. It is
// what a NATS server's subject transform {{partition(n,i)}} makes of that token, so that
// who publishes, who stores and who reads agree: FNV-1a of 32 bits, modulo n. With n
// below 1 it is 0, as there.
func Partition(token string, n int) int {
	if n < 1 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(token))
	return int(h.Sum32() % uint32(n))
}

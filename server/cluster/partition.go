package cluster

import (
	"hash/fnv"
	"strconv"
)

// PartitionOf is the partition of a tenant among so many: the one in which the stream
// keeps its notifications. Links never cross accounts, so a tenant's calls can be rebuilt
// from its partition alone.
func PartitionOf(tenant int64, partitions int) int {
	return partition(strconv.FormatInt(tenant, 10), partitions)
}

// partition computes what NATS does for {{partition(n,1)}}.
func partition(token string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(token))
	return int(h.Sum32() % uint32(n))
}

// A server on go-control-plane, as its users write them: it serves load assignments from a file to every node and changes
// one endpoint for each line on its standard input. It is measured beside this project's server.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/proto"
)

// Every node gets the same snapshot: the cheapest that this cache can be used.
type oneGroup struct{}

func (oneGroup) ID(*core.Node) string { return "all" }

// updater replaces the load assignment at an index.
type updater func(index int, changed *endpoint.ClusterLoadAssignment) error

func main() {
	file := flag.String("resources", "", "load assignments, each behind its length in 4 bytes")
	mode := flag.String("cache", "snapshot", "snapshot or linear")
	flag.Parse()
	assignments, err := read(*file)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	var served cache.Cache
	var update updater
	switch *mode {
	case "snapshot":
		served, update, err = snapshots(ctx, assignments)
	case "linear":
		served, update = linear(assignments)
	default:
		err = fmt.Errorf("no cache %q", *mode)
	}
	if err != nil {
		log.Fatal(err)
	}
	grpcServer := grpc.NewServer(
		grpc.MaxConcurrentStreams(1_000_000),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
	)
	discovery.RegisterAggregatedDiscoveryServiceServer(grpcServer, server.NewServer(ctx, served, nil))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)
	go func() { log.Fatal(grpcServer.Serve(listener)) }()

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := change(assignments, lines.Text(), update); err != nil {
			log.Fatal(err)
		}
	}
}

// change reads "INDEX ADDRESS": the first endpoint of that load assignment gets that address.
func change(assignments []*endpoint.ClusterLoadAssignment, line string, update updater) error {
	words := strings.Fields(line)
	if len(words) != 2 {
		return fmt.Errorf("not INDEX ADDRESS: %q", line)
	}
	index, err := strconv.Atoi(words[0])
	if err != nil || index < 0 || index >= len(assignments) {
		return fmt.Errorf("no load assignment %q", words[0])
	}
	changed := proto.Clone(assignments[index]).(*endpoint.ClusterLoadAssignment)
	changed.Endpoints[0].LbEndpoints[0].GetEndpoint().Address.GetSocketAddress().Address = words[1]
	assignments[index] = changed
	return update(index, changed)
}

func snapshots(ctx context.Context, assignments []*endpoint.ClusterLoadAssignment) (cache.Cache, updater, error) {
	snapshotCache := cache.NewSnapshotCache(false, oneGroup{}, nil)
	resources := make([]types.Resource, len(assignments))
	for at, assignment := range assignments {
		resources[at] = assignment
	}
	version := 0
	set := func() error {
		version++
		snapshot, err := cache.NewSnapshot(strconv.Itoa(version), map[resource.Type][]types.Resource{
			resource.EndpointType: resources,
		})
		if err != nil {
			return err
		}
		return snapshotCache.SetSnapshot(ctx, "all", snapshot)
	}
	return snapshotCache, func(index int, changed *endpoint.ClusterLoadAssignment) error {
		resources[index] = changed
		return set()
	}, set()
}

func linear(assignments []*endpoint.ClusterLoadAssignment) (cache.Cache, updater) {
	initial := map[string]types.Resource{}
	for _, assignment := range assignments {
		initial[assignment.ClusterName] = assignment
	}
	linearCache := cache.NewLinearCache(resource.EndpointType, cache.WithInitialResources(initial))
	return linearCache, func(_ int, changed *endpoint.ClusterLoadAssignment) error {
		return linearCache.UpdateResource(changed.ClusterName, changed)
	}
}

func read(file string) ([]*endpoint.ClusterLoadAssignment, error) {
	bytes, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found []*endpoint.ClusterLoadAssignment
	for len(bytes) >= 4 {
		length := binary.BigEndian.Uint32(bytes)
		assignment := &endpoint.ClusterLoadAssignment{}
		if err := proto.Unmarshal(bytes[4:4+length], assignment); err != nil {
			return nil, err
		}
		found = append(found, assignment)
		bytes = bytes[4+length:]
	}
	return found, nil
}

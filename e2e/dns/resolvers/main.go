// Asks a DNS server with Go's own resolver: main HOST:PORT.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sort"
	"strings"
	"time"
)

func main() {
	dialer := net.Dialer{}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, os.Args[1])
	}}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	addresses := func(name string) string {
		found, err := resolver.LookupHost(ctx, name)
		if err != nil {
			var failure *net.DNSError
			if errors.As(err, &failure) && failure.IsNotFound {
				return "not found"
			}
			return err.Error()
		}
		sort.Strings(found)
		return strings.Join(found, " ")
	}
	fmt.Println("address:", addresses("reviews.shop.global."))
	fmt.Println("both:", addresses("both.shop.global."))
	fmt.Println("alias:", addresses("alias.shop.global."))
	fmt.Println("wildcard:", addresses("any.books.global."))
	fmt.Println("many:", len(strings.Fields(addresses("many.shop.global."))))
	fmt.Println("missing:", addresses("no.shop.global."))
	_, records, err := resolver.LookupSRV(ctx, "http", "tcp", "reviews.shop.global.")
	if err == nil {
		fmt.Println("service:", records[0].Target, records[0].Port)
	}
	names, err := resolver.LookupAddr(ctx, "127.255.0.3")
	fmt.Println("back:", strings.Join(names, " "))
	texts, err := resolver.LookupTXT(ctx, "text.shop.global.")
	fmt.Println("text:", strings.Join(texts, " "))
}

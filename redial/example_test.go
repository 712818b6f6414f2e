package redial_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/sluicelog/sluice/redial"
)

func Example() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	c := redial.New(redial.Dialer("tcp", l.Addr().String()), &redial.Options{DialTimeout: time.Minute})
	if _, err := c.Write([]byte("one frame\n")); err != nil {
		log.Fatal(err)
	}
	peer, err := l.Accept()
	if err != nil {
		log.Fatal(err)
	}
	if err := c.Close(); err != nil {
		log.Fatal(err)
	}
	got, err := io.ReadAll(peer)
	fmt.Printf("%q %v\n", got, err)
	// Output: "one frame\n" <nil>
}

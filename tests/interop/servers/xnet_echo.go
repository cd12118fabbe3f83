// An echo server on golang.org/x/net/websocket. Prints its URL. With Debian's golang-go and golang-golang-x-net-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o xnet_echo xnet_echo.go
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"

	"golang.org/x/net/websocket"
)

type message struct {
	octets []byte
	kind   byte
}

// A codec that keeps the type; those of the library know it from the type of the value.
var codec = websocket.Codec{
	Marshal: func(value interface{}) ([]byte, byte, error) {
		whole := value.(*message)
		return whole.octets, whole.kind, nil
	},
	Unmarshal: func(octets []byte, kind byte, value interface{}) error {
		whole := value.(*message)
		whole.octets, whole.kind = octets, kind
		return nil
	},
}

func echo(socket *websocket.Conn) {
	socket.MaxPayloadBytes = 64 << 20
	for {
		var whole message
		if codec.Receive(socket, &whole) != nil || codec.Send(socket, &whole) != nil {
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("ws://%s\n", listener.Addr())
	http.Serve(listener, websocket.Server{Handler: echo})
}

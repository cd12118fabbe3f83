// An echo server on nhooyr.io/websocket. Prints its URL. With Debian's golang-go and golang-nhooyr-websocket-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o nhooyr_echo nhooyr_echo.go
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"unicode/utf8"

	"nhooyr.io/websocket"
)

// The library leaves the UTF-8 of text to the application.
func echo(w http.ResponseWriter, r *http.Request) {
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify:   true,
		CompressionMode:      websocket.CompressionContextTakeover,
		CompressionThreshold: 1,
	})
	if err != nil {
		return
	}
	defer socket.Close(websocket.StatusInternalError, "")
	socket.SetReadLimit(64 << 20)
	for {
		kind, data, err := socket.Read(context.Background())
		if err != nil {
			return
		}
		if kind == websocket.MessageText && !utf8.Valid(data) {
			socket.Close(websocket.StatusInvalidFramePayloadData, "")
			return
		}
		if err := socket.Write(context.Background(), kind, data); err != nil {
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
	http.Serve(listener, http.HandlerFunc(echo))
}

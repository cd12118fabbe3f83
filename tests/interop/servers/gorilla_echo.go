// An echo server on gorilla/websocket. Prints its URL. With Debian's golang-go and golang-github-gorilla-websocket-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o gorilla_echo gorilla_echo.go
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{
	EnableCompression: true,
	CheckOrigin:       func(*http.Request) bool { return true },
}

// The library leaves the UTF-8 of text to the application.
func echo(w http.ResponseWriter, r *http.Request) {
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	for {
		kind, data, err := socket.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.TextMessage && !utf8.Valid(data) {
			socket.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1007, ""))
			return
		}
		if err := socket.WriteMessage(kind, data); err != nil {
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

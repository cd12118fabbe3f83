// A client under test on gorilla/websocket. It echoes every message until the connection ends. With Debian's golang-go and
// golang-github-gorilla-websocket-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o client client.go
//
//	wspect client -- ./client {url}                       one process for every case
//	wspect client --once &                                or the cases one after the other,
//	./client --driver ws://127.0.0.1:9001 gorilla         over Autobahn's control protocol
package main

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

var dialer = websocket.Dialer{EnableCompression: true}

// The library leaves the UTF-8 of text to the application.
func echo(address string) error {
	socket, _, err := dialer.Dial(address, nil)
	if err != nil {
		return err
	}
	defer socket.Close()
	for {
		kind, data, err := socket.ReadMessage()
		if err != nil {
			return nil
		}
		if kind == websocket.TextMessage && !utf8.Valid(data) {
			socket.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1007, ""))
			return nil
		}
		if err := socket.WriteMessage(kind, data); err != nil {
			return nil
		}
	}
}

func caseCount(base string) (int, error) {
	socket, _, err := dialer.Dial(base+"/getCaseCount", nil)
	if err != nil {
		return 0, err
	}
	defer socket.Close()
	_, data, err := socket.ReadMessage()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(data))
}

func drive(base, agent string) error {
	count, err := caseCount(base)
	if err != nil {
		return err
	}
	agent = url.QueryEscape(agent)
	for number := 1; number <= count; number++ {
		err := echo(fmt.Sprintf("%s/runCase?case=%d&agent=%s", base, number, agent))
		if err != nil { // the opening handshake failed: many cases want that
			fmt.Fprintf(os.Stderr, "case %d: %v\n", number, err)
		}
	}
	return echo(base + "/updateReports?agent=" + agent)
}

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "--driver":
		err = drive(strings.TrimRight(os.Args[2], "/"), os.Args[3])
	case len(os.Args) == 2:
		err = echo(os.Args[1])
	default:
		err = fmt.Errorf("usage: client URL | --driver BASE_URL AGENT")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

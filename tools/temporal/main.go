// A Temporal server of one process with its database in memory, for the tests: it prints its address and namespace, and ends on SIGTERM.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"go.temporal.io/server/temporaltest"
)

func main() {
	server := temporaltest.NewServer()
	line, _ := json.Marshal(map[string]string{
		"address":   server.GetFrontendHostPort(),
		"namespace": server.GetDefaultNamespace(),
	})
	fmt.Println(string(line))
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	server.Stop()
}

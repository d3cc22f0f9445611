// A Temporal server for tests: one namespace, its data in memory. It prints its address and namespace as JSON, and ends with its input.
package main

import (
	"encoding/json"
	"io"
	"os"

	"go.temporal.io/server/temporaltest"
)

func main() {
	server := temporaltest.NewServer()
	namespace := server.GetDefaultNamespace()
	json.NewEncoder(os.Stdout).Encode(map[string]string{
		"address":   server.GetFrontendHostPort(),
		"namespace": namespace,
	})
	io.Copy(io.Discard, os.Stdin)
	server.Stop()
}

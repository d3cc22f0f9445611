//go:build tools

// Package tools pins the Dolt that the tests build and run.
package tools

import _ "github.com/dolthub/dolt/go/cmd/dolt"

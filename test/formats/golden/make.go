// Writes the golden files of Parquet that Apache Arrow for Go writes: go run make.go FOLDER
// (needs github.com/apache/arrow-go/v18 v18.3.0). With its default properties the root is repeated; a list that is repeated
// without being annotated as one is what writers of protobuf and Avro make.
package main

import (
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

func main() {
	writeDefault(filepath.Join(os.Args[1], "arrow-go.parquet"))
	writeRepeated(filepath.Join(os.Args[1], "repeated.parquet"))
}

// Rows 1 Oslo, 2 NULL, 3 Lima.
func writeDefault(path string) {
	s := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "city", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	b.Field(0).(*array.Int64Builder).AppendValues([]int64{1, 2, 3}, []bool{true, true, true})
	b.Field(1).(*array.StringBuilder).AppendValues([]string{"Oslo", "", "Lima"}, []bool{true, false, true})
	f, err := os.Create(path)
	check(err)
	w, err := pqarrow.NewFileWriter(s, f, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	check(err)
	check(w.Write(b.NewRecord()))
	check(w.Close())
}

// Rows [10,20], [], [30].
func writeRepeated(path string) {
	id, err := schema.NewPrimitiveNode("id", parquet.Repetitions.Required, parquet.Types.Int32, -1, -1)
	check(err)
	v, err := schema.NewPrimitiveNode("v", parquet.Repetitions.Repeated, parquet.Types.Int32, -1, -1)
	check(err)
	root, err := schema.NewGroupNode("root", parquet.Repetitions.Required, schema.FieldList{id, v}, -1)
	check(err)
	f, err := os.Create(path)
	check(err)
	w := file.NewParquetWriter(f, root)
	g := w.AppendRowGroup()
	writeColumn(g, []int32{1, 2, 3}, nil, nil)
	writeColumn(g, []int32{10, 20, 30}, []int16{1, 1, 0, 1}, []int16{0, 1, 0, 0})
	check(g.Close())
	check(w.Close())
}

func writeColumn(g file.SerialRowGroupWriter, values []int32, definitions []int16, repetitions []int16) {
	c, err := g.NextColumn()
	check(err)
	_, err = c.(*file.Int32ColumnChunkWriter).WriteBatch(values, definitions, repetitions)
	check(err)
	check(c.Close())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// Package cfn writes the three CloudFormation templates of a pipeline:
//
//   - foundation: network, image repositories, key, artefact bucket, alert
//     topic and log groups: what must exist before an image can be pushed or a
//     token made;
//   - ingestion: one machine with Airbyte, and where its state is kept;
//   - sync: Grouparoo and the scheduled dbt run on Fargate, with Postgres and
//     Redis.
//
// In: *ir.Pipeline, which decides every name and every option. Out: artefacts
// of kind "template". What only the cloud knows (image digests, the machine
// image, Snowflake's answer about the integration) is a parameter of a template,
// supplied when it is applied; see the constants that begin with Param.
//
// The later stacks import values of the first by export names that begin with
// its stack name. Values of secrets are never in a template: containers get
// references to SSM parameters and to generated secrets.
//
// The package imports ir, emit, source, yamltree, and the emitter of Grouparoo,
// which knows the names of the variables that its image reads. It must not
// import an AWS SDK, the network, or any package outside compiler/.
package cfn

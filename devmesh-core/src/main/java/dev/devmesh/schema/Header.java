package dev.devmesh.schema;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The HTTP header, {@code Mcp-Param-<value>}, in which clients repeat this member so that proxies can route by it
 * ({@code x-mcp-header}). Only on texts, integers and booleans, each name once per schema; never on secrets.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Header {

    /** The name after {@code Mcp-Param-}: an RFC 9110 token, such as {@code Region}. */
    String value();
}
